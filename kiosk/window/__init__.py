"""The glass: draws a laid-out screen with Kivy's canvas and turns touches into acts."""
